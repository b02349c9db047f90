"""Amazon API Gateway: what happens to a request between the server and a function.

`gateway` has the order of the steps, each in its own package: `request` (which method it is for, and the
event that it becomes), `guards` (who may call), `integrations` (what answers), `responses` (the answer).
`not_imitated` says what this gateway does not do, and `access_log` writes a line for each call.
"""
