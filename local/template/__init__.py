"""Reading the template: from its text to the functions, the REST API and the tables that it declares.

In order: `document` (the text, as CloudFormation reads it), `source` (transformed by AWS's own library),
`parameters`, `names` and `intrinsics` (the values of references), `resources` with `function` and
`subscription` (functions, tables, log subscriptions), `rest_api` with `body`, `plain_api`, `api_keys` and
`usage_plan` (the API and its stage), `left_out` (all other resources), `template` (everything together).
"""
