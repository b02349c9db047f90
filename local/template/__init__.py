"""Reading the template: from its text to the functions, the REST API and the tables that it declares.

In order: `source` (the text, transformed by AWS's own library), `parameters` and `intrinsics` (what stands
for what), `template` (functions, tables, log subscriptions), `rest_api` (the API and its stage).
"""
