"""Amazon API Gateway: what happens to a request between the server and a function.

`gateway` has the order of the steps, each in a room of its own: `request` (which method it is for, and the
event that it becomes), `guards` (who may call), `integrations` (who answers), `responses` (what is answered).
`not_imitated` says what this gateway does not do, `access_log` writes a line for each call.
"""
