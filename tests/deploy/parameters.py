"""Two variants that together turn the parameters, each on the key table that the first stack left.

UsageTracking and Plans are in neither. Without UsageTracking, operations.yaml gets an empty parameter. Plans
brings `!Ref Api.Stage`, which only SAM resolves. The emulator refuses both.
"""

from tests.deploy.account import ACCOUNT, REGION

BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"

SERVICE_OF_ONES_OWN = {
    "RuntimeUrl": "https://service.example",
    "RuntimeUrlSecretArn": "",  # the test makes one
    "ExistingKeyTableStream": "",  # the table's
    "Monitoring": "off",
    "Release": "a1b2c3",
    "Tracing": "Active",
    "PermissionsBoundaryArn": BOUNDARY,
    "RolePath": "/api-keys/",
    "DefaultEndpoint": "disabled",
    "SettingsUrl": "https://api.example.com/settings/api",
    "RotationTestUrl": "https://api.example.com/api/keys?limit=1",
}
EVERYTHING_ELSE = {
    "ExistingKeyTableStream": "",  # the table's
    "AdapterLayerArn": "",  # the test publishes one
    "Architecture": "x86_64",
    "AllowedOrigins": "https://app.example.com,http://localhost:5173",
    "AuthorizerConcurrency": "100",
    "RuntimeConcurrency": "200",
    "RunningPerKey": "2",
    "RunningPerOrganization": "6",
    "EventBus": "default",
    "FormerKeyIndex": "keep",
    "GithubKeysUrl": "https://api.github.com/meta/public_keys/secret_scanning",
    "HistoryDays": "30",
    "ImportedKeys": "true",
    "LastUsedFrom": "false",
    "LogRetentionDays": "7",
    "Monitoring": f"arn:aws:sns:{REGION}:{ACCOUNT}:pager",
    "OidcAdminValue": "owner",
    "OidcClientId": "settings-page",
    "OidcIssuer": "https://id.example.com",
    "OidcOrganizationClaim": "org",
    "OidcOrganizationNameClaim": "name",
    "OidcRoleClaim": "role",
    "OnLeak": "revoke",
    "Scopes": '{"invoices:read": ["GET /invoices", "GET /invoices/*"]}',
    "SessionHours": "1",
    "SignInWithKey": "false",
    "ThrottleRate": "50",
}
