from support import *

deploy, iam, s3 = client("codedeploy"), client("iam"), client("s3")
users = [iam.create_user(UserName=f"host{at}")["User"]["Arn"] for at in range(3)]

refused("IamArnRequiredException", deploy.register_on_premises_instance, instanceName="rack-1")
refused("InvalidIamUserArnException", deploy.register_on_premises_instance, instanceName="rack-1", iamUserArn="arn:aws:s3:::x")
refused("InvalidInstanceNameException", deploy.register_on_premises_instance, instanceName="i-1", iamUserArn=users[0])
for at in range(3):
    deploy.register_on_premises_instance(instanceName=f"rack-{at}", iamUserArn=users[at])
refused("InstanceNameAlreadyRegisteredException", deploy.register_on_premises_instance, instanceName="rack-1",
        iamUserArn=users[1])
refused("IamUserArnAlreadyRegisteredException", deploy.register_on_premises_instance, instanceName="other",
        iamUserArn=users[1])
web, old = {"Key": "role", "Value": "web"}, {"Key": "role", "Value": "old"}
deploy.add_tags_to_on_premises_instances(instanceNames=["rack-0", "rack-1"], tags=[web])
deploy.add_tags_to_on_premises_instances(instanceNames=["rack-2"], tags=[old, {"Key": "spare", "Value": ""}])
refused("InstanceNotRegisteredException", deploy.add_tags_to_on_premises_instances, instanceNames=["none"], tags=[web])

for tags in ([{"Key": "role"}], [{"Key": "", "Value": "v"}], [{"Key": "aws:a", "Value": "v"}], [web, old],
             [{"Key": "k" * 129, "Value": "v"}]):
    refused("InvalidTagException", deploy.add_tags_to_on_premises_instances, instanceNames=["rack-0"], tags=tags)
many = [{"Key": f"k{at}", "Value": "v"} for at in range(50)]
refused("TagLimitExceededException", deploy.add_tags_to_on_premises_instances, instanceNames=["rack-0"], tags=many)
refused("InvalidInstanceNameException", deploy.add_tags_to_on_premises_instances, instanceNames=["a b"], tags=[web])
for call in (deploy.add_tags_to_on_premises_instances, deploy.remove_tags_from_on_premises_instances):
    refused("TagRequiredException", call, instanceNames=["rack-0"], tags=[])
    refused("InstanceNameRequiredException", call, instanceNames=[], tags=[web])


def names(**more):
    return sorted(deploy.list_on_premises_instances(**more)["instanceNames"])


assert names(tagFilters=[{**web, "Type": "KEY_AND_VALUE"}]) == ["rack-0", "rack-1"]
assert names(tagFilters=[{"Key": "spare", "Type": "KEY_ONLY"}]) == ["rack-2"]
deploy.remove_tags_from_on_premises_instances(instanceNames=["rack-2"], tags=[old])
deploy.deregister_on_premises_instance(instanceName="rack-1")
assert names(registrationStatus="Deregistered") == ["rack-1"] and names(registrationStatus="Registered") == ["rack-0", "rack-2"]
info = deploy.get_on_premises_instance(instanceName="rack-0")["instanceInfo"]
assert info["iamUserArn"] == users[0] and info["tags"] == [web] and info["registerTime"] and "deregisterTime" not in info
infos = deploy.batch_get_on_premises_instances(instanceNames=["rack-1", "rack-2"])["instanceInfos"]
assert infos[0]["deregisterTime"] and infos[1]["tags"] == [{"Key": "spare", "Value": ""}]
deploy.register_on_premises_instance(instanceName="rack-1", iamUserArn=users[1])  # once more
refused("BatchLimitExceededException", deploy.batch_get_on_premises_instances, instanceNames=["rack-0"] * 26)
refused("InstanceNameRequiredException", deploy.batch_get_on_premises_instances, instanceNames=[])
refused("InvalidTagFilterException", deploy.list_on_premises_instances, tagFilters=[{"Value": "web", "Type": "KEY_ONLY"}])
infos = deploy.batch_get_on_premises_instances(instanceNames=["none", "rack-0"] + ["rack-0"] * 23)["instanceInfos"]
assert {one["instanceName"] for one in infos} == {"rack-0"}
assert deploy.list_tags_for_resource(ResourceArn=info["instanceArn"])["Tags"] == [web]
refused("ArnNotSupportedException", deploy.tag_resource, ResourceArn=info["instanceArn"], Tags=[web])

# A deployment reaches those with the tag; no agent runs there, and the deployment says so.
role = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust("codedeploy.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="deploy", PolicyName="p", PolicyDocument=policy(allow("*")))
s3.create_bucket(Bucket="revisions")
s3.put_object(Bucket="revisions", Key="app.zip", Body=b"PK\x05\x06" + bytes(18))
deploy.create_application(applicationName="app", computePlatform="Server")
deploy.create_deployment_group(
    applicationName="app", deploymentGroupName="racks", serviceRoleArn=role,
    onPremisesInstanceTagFilters=[{**web, "Type": "KEY_AND_VALUE"}])
deploy.add_tags_to_on_premises_instances(instanceNames=["rack-1"], tags=[web])
id = deploy.create_deployment(
    applicationName="app", deploymentGroupName="racks", deploymentConfigName="CodeDeployDefault.AllAtOnce",
    revision={"revisionType": "S3", "s3Location": {"bucket": "revisions", "key": "app.zip", "bundleType": "zip"}})["deploymentId"]
ended = eventually(lambda: next((found for found in [deploy.get_deployment(deploymentId=id)["deploymentInfo"]]
                                 if found["status"] in ("Failed", "Succeeded")), None))
assert ended["status"] == "Failed" and ended["errorInformation"]["code"] == "HEALTH_CONSTRAINTS", ended
targets = deploy.batch_get_deployment_targets(
    deploymentId=id, targetIds=deploy.list_deployment_targets(deploymentId=id)["targetIds"])["deploymentTargets"]
assert {target["instanceTarget"]["targetId"] for target in targets} == {"rack-0", "rack-1"}
assert all(":instance/rack-" in target["instanceTarget"]["targetArn"] for target in targets), targets
events = [event for target in targets for event in target["instanceTarget"]["lifecycleEvents"] if event["status"] == "Failed"]
assert "CodeDeploy agent was not able to receive the lifecycle event" in events[0]["diagnostics"]["message"]
