from support import *

kms = client("kms")
key = kms.create_key(Description="artifacts")["KeyMetadata"]
assert key["KeyState"] == "Enabled" and key["Arn"].endswith(key["KeyId"])
kms.create_alias(AliasName="alias/artifacts", TargetKeyId=key["KeyId"])
refused("AlreadyExistsException", kms.create_alias, AliasName="alias/artifacts", TargetKeyId=key["KeyId"])
sealed = kms.encrypt(KeyId="alias/artifacts", Plaintext=b"secret", EncryptionContext={"a": "1", "b": "2"})["CiphertextBlob"]
assert b"secret" not in sealed
assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"b": "2", "a": "1"})["Plaintext"] == b"secret"
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed)
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed[:-1] + bytes([sealed[-1] ^ 1]), EncryptionContext={"a": "1", "b": "2"})
data = kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")
assert len(data["Plaintext"]) == 32 and kms.decrypt(CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]
refused("NotFoundException", kms.describe_key, KeyId="alias/none")
assert kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]["KeyManager"] == "AWS"
kms.disable_key(KeyId=key["KeyId"])
refused("DisabledException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
kms.enable_key(KeyId=key["KeyId"])
assert kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
refused("KMSInvalidStateException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
kms.cancel_key_deletion(KeyId=key["KeyId"])
refused("DisabledException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
kms.enable_key(KeyId=key["KeyId"])

# The key's own policy can keep the account's users out.
iam = client("iam")
iam.create_user(UserName="dev")
keys = iam.create_access_key(UserName="dev")["AccessKey"]
refused("AccessDeniedException", with_keys("kms", keys).encrypt, KeyId=key["KeyId"], Plaintext=b"x")
refused("AccessDeniedException", with_keys("kms", keys).decrypt, CiphertextBlob=sealed, EncryptionContext={"a": "1", "b": "2"})
