from support import *

secrets = client("secretsmanager")
made = secrets.create_secret(Name="awscicd/demo/db", SecretString='{"password":"one"}')
assert made["ARN"].startswith(f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:awscicd/demo/db-")
refused("ResourceExistsException", secrets.create_secret, Name="awscicd/demo/db", SecretString="x")
for name in ("awscicd/demo/db", made["ARN"], made["ARN"][:-7]):
    assert json.loads(secrets.get_secret_value(SecretId=name)["SecretString"]) == {"password": "one"}
second = secrets.put_secret_value(SecretId="awscicd/demo/db", SecretString="two")["VersionId"]
assert secrets.get_secret_value(SecretId="awscicd/demo/db")["VersionId"] == second
assert secrets.get_secret_value(SecretId="awscicd/demo/db", VersionStage="AWSPREVIOUS")["VersionId"] == made["VersionId"]
stages = secrets.describe_secret(SecretId="awscicd/demo/db")["VersionIdsToStages"]
assert stages == {made["VersionId"]: ["AWSPREVIOUS"], second: ["AWSCURRENT"]}
secrets.update_secret_version_stage(SecretId="awscicd/demo/db", VersionStage="AWSCURRENT",
                                    MoveToVersionId=made["VersionId"], RemoveFromVersionId=second)
assert json.loads(secrets.get_secret_value(SecretId="awscicd/demo/db")["SecretString"]) == {"password": "one"}
secrets.create_secret(Name="binary", SecretBinary=b"\x00\x01")
assert secrets.get_secret_value(SecretId="binary")["SecretBinary"] == b"\x00\x01"
message = refused("ResourceNotFoundException", secrets.get_secret_value, SecretId="none")
assert message == "Secrets Manager can't find the specified secret."
assert len(secrets.get_random_password(PasswordLength=20)["RandomPassword"]) == 20
assert [entry["Name"] for entry in secrets.list_secrets(Filters=[{"Key": "name", "Values": ["awscicd/"]}])["SecretList"]] == ["awscicd/demo/db"]

# Deletion blocks the name until it is restored or forced.
refused("InvalidParameterException", secrets.delete_secret, SecretId="binary", RecoveryWindowInDays=3)
refused("InvalidParameterException", secrets.delete_secret, SecretId="binary", RecoveryWindowInDays=7,
        ForceDeleteWithoutRecovery=True)
secrets.delete_secret(SecretId="awscicd/demo/db", RecoveryWindowInDays=7)
assert "scheduled for deletion" in refused("InvalidRequestException", secrets.create_secret, Name="awscicd/demo/db")
assert "marked for deletion" in refused("InvalidRequestException", secrets.get_secret_value, SecretId="awscicd/demo/db")
assert "DeletedDate" in secrets.describe_secret(SecretId="awscicd/demo/db")
secrets.restore_secret(SecretId="awscicd/demo/db")
secrets.get_secret_value(SecretId="awscicd/demo/db")
secrets.delete_secret(SecretId="awscicd/demo/db", ForceDeleteWithoutRecovery=True)
secrets.create_secret(Name="awscicd/demo/db", SecretString="again")
