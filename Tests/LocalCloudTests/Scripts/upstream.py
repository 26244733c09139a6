from support import *

dynamodb = client("dynamodb")
assert dynamodb.list_tables()["TableNames"] == []
dynamodb.create_table(TableName="t", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                      AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
assert dynamodb.list_tables()["TableNames"] == ["t"]
# What is built stays here.
client("ssm").put_parameter(Name="/here", Value="1", Type="String")
assert client("ssm").get_parameter(Name="/here")["Parameter"]["ARN"].startswith("arn:aws:ssm:us-east-1:123456789012:")
