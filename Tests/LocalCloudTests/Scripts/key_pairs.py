import base64
import hashlib

from cryptography.hazmat.primitives import serialization
from support import *

ec2 = client("ec2")
DER, PKCS8 = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8


def colons(digest):
    return ":".join(f"{byte:02x}" for byte in digest)


def public_text(key, form=serialization.PublicFormat.OpenSSH):
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, form).decode()


def described(name):
    return ec2.describe_key_pairs(KeyNames=[name], IncludePublicKey=True)["KeyPairs"][0]


# A fresh RSA key: the fingerprint is SHA-1 of the private key in PKCS #8; the public half is the same key's.
made = ec2.create_key_pair(KeyName="made", TagSpecifications=[
    {"ResourceType": "key-pair", "Tags": [{"Key": "project", "Value": "demo"}]}])
assert made["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----\n") and made["KeyPairId"].startswith("key-")
key = serialization.load_pem_private_key(made["KeyMaterial"].encode(), None)
assert key.key_size == 2048
plain = key.private_bytes(DER, PKCS8, serialization.NoEncryption())
assert made["KeyFingerprint"] == colons(hashlib.sha1(plain).digest())
row = described("made")
assert row["PublicKey"].split()[:2] == public_text(key).split() and row["PublicKey"].split()[2] == "made"
assert row["KeyType"] == "rsa" and row["Tags"] == [{"Key": "project", "Value": "demo"}]
assert "PublicKey" not in ec2.describe_key_pairs(KeyNames=["made"])["KeyPairs"][0]
refused("InvalidKeyPair.Duplicate", ec2.create_key_pair, KeyName="made")

# ED25519: the fingerprint is OpenSSH's.
made = ec2.create_key_pair(KeyName="ed", KeyType="ed25519")
key = serialization.load_ssh_private_key(made["KeyMaterial"].encode(), None)
text = public_text(key)
assert base64.b64decode(made["KeyFingerprint"]) == hashlib.sha256(base64.b64decode(text.split()[1])).digest(), made["KeyFingerprint"]
assert described("ed")["KeyType"] == "ed25519"

# Imported: of RSA keys MD5 of the public key.
imported = ec2.import_key_pair(KeyName="imported", PublicKeyMaterial=described("made")["PublicKey"].encode())
rsa = serialization.load_ssh_public_key(described("made")["PublicKey"].encode())
public = rsa.public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
assert imported["KeyFingerprint"] == colons(hashlib.md5(public).digest())
refused("InvalidKey.Format", ec2.import_key_pair, KeyName="bad", PublicKeyMaterial=b"not a key")

assert {row["KeyName"] for row in ec2.describe_key_pairs(
    Filters=[{"Name": "key-name", "Values": ["e*", "imported"]}])["KeyPairs"]} == {"ed", "imported"}
assert [row["KeyName"] for row in ec2.describe_key_pairs(
    Filters=[{"Name": "tag:project", "Values": ["demo"]}])["KeyPairs"]] == ["made"]
refused("InvalidKeyPair.NotFound", ec2.run_instances, ImageId="resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        MinCount=1, MaxCount=1, KeyName="none", InstanceType="t3.micro")
ec2.delete_key_pair(KeyName="made")
refused("InvalidKeyPair.NotFound", ec2.describe_key_pairs, KeyNames=["made"])
ec2.delete_key_pair(KeyName="made")  # one that is not there is no error
