"""Makes the reads of a file with boto3 and prints what they gave, as moto.lua does.

Arguments: the file of calls, the file with the variables that moto.lua printed, the endpoint.
"""
import datetime
import json
import re
import sys

import boto3
import botocore.exceptions


def filled(value, variables):
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda match: variables[match.group(1)], value)
    if isinstance(value, list):
        return [filled(item, variables) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, variables) for key, item in value.items()}
    return value


def plain(value):
    if isinstance(value, datetime.datetime):
        seconds = value.timestamp()
        return int(seconds) if seconds == int(seconds) else seconds
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "read"):
        return plain(value.read())
    if isinstance(value, dict):
        # An absent value is no entry of a Lua table.
        return {key: plain(item) for key, item in value.items() if key != "ResponseMetadata" and item is not None}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def main():
    calls = json.load(open(sys.argv[1]))
    variables = json.load(open(sys.argv[2]))["variables"]
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    clients, reads = {}, []
    for service, kind, operation, params, *more in calls:
        if kind == "write":
            continue
        if service not in clients:
            clients[service] = session.client(service, endpoint_url=sys.argv[3])
        read = {"call": f"{service}.{operation} {kind}"}
        client, params = clients[service], filled(params, variables)
        try:
            if kind == "pages":
                pages = client.get_paginator(operation).paginate(
                    **params, PaginationConfig={"PageSize": more[0]} if more else {}
                )
                read["result"] = plain(pages.build_full_result())
            elif kind == "wait":
                client.get_waiter(operation).wait(**params)
                read["result"] = {"done": True}
            else:
                read["result"] = plain(getattr(client, operation)(**params))
        except botocore.exceptions.ClientError as error:
            read["error"] = {
                "code": error.response["Error"]["Code"],
                "message": error.response["Error"]["Message"],
                "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
            }
        reads.append(read)
    print(json.dumps({"reads": reads}))


main()
