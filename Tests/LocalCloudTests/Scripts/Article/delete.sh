# Article 16's clean-up. Each deletion first as the article has it, with the refusal that AWS gives, then in the order that
# works. Sourced by article.sh.

groups() {
    aws autoscaling describe-auto-scaling-groups --query 'AutoScalingGroups[].AutoScalingGroupName' --output text
}

step "pipeline, deployment group, application, project, repository"
aws codepipeline delete-pipeline --name awscicd-cap-pipeline
aws codepipeline delete-pipeline --name awscicd-cap-pipeline # a second time is no error
refused PipelineNotFoundException aws codepipeline get-pipeline-state --name awscicd-cap-pipeline
expect "hooks left behind" None "$(aws deploy delete-deployment-group --application-name awscicd-demo \
    --deployment-group-name awscicd-cap-dg --query 'hooksNotCleanedUp[0]' --output text)"
aws deploy delete-application --application-name awscicd-demo
aws codebuild delete-project --name awscicd-demo-build
aws codecommit delete-repository --repository-name awscicd-demo-app >/dev/null
expect "a repository that is gone" None \
    "$(aws codecommit delete-repository --repository-name awscicd-demo-app --query repositoryId --output text)"
report_group=$(aws codebuild list-report-groups --query 'reportGroups[0]' --output text)
refused InvalidInputException aws codebuild delete-report-group --arn "$report_group"
aws codebuild delete-report-group --arn "$report_group" --delete-reports

step "groups: the original, and the copies that blue/green made"
refused ResourceInUse aws autoscaling delete-auto-scaling-group --auto-scaling-group-name awscicd-cap-asg
copies=$(groups | tr '\t' '\n' | grep -c '^CodeDeploy_awscicd-cap-dg_d-') || true
expect "copied groups" 2 "$copies"
refused ResourceInUse aws elbv2 delete-target-group --target-group-arn "$targets"
refused DependencyViolation aws ec2 delete-security-group --group-id "$web_group" # its instances are there
for name in $(groups); do
    aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$name" --force-delete
done
until_is '' 300 groups

step "load balancer, target group, launch template, security groups"
aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$alb" \
    --attributes Key=deletion_protection.enabled,Value=true >/dev/null
refused OperationNotPermitted aws elbv2 delete-load-balancer --load-balancer-arn "$alb"
aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$alb" \
    --attributes Key=deletion_protection.enabled,Value=false >/dev/null
refused ResourceInUse aws elbv2 delete-target-group --target-group-arn "$targets"
aws elbv2 delete-load-balancer --load-balancer-arn "$alb"
until_gone ResourceInUse 300 aws elbv2 delete-target-group --target-group-arn "$targets"
aws ec2 delete-launch-template --launch-template-name awscicd-cap-lt >/dev/null
refused DependencyViolation aws ec2 delete-security-group --group-id "$alb_group" # the instances' group has a rule of it
until_gone DependencyViolation 300 aws ec2 delete-security-group --group-id "$web_group"
until_gone DependencyViolation 300 aws ec2 delete-security-group --group-id "$alb_group" # its interfaces linger

step "bucket: versioned, so emptying it leaves every version"
aws s3 rm "s3://$artifacts" --recursive >/dev/null
refused 'You must delete all versions in the bucket' aws s3api delete-bucket --bucket "$artifacts"
for kind in Versions DeleteMarkers; do
    aws s3api list-object-versions --bucket "$artifacts" --query "{Objects: $kind[].{Key: Key, VersionId: VersionId}, Quiet: \`true\`}" > keys.json
    refused BucketNotEmpty aws s3api delete-bucket --bucket "$artifacts"
    aws s3api delete-objects --bucket "$artifacts" --delete file://keys.json
done
aws s3api delete-bucket --bucket "$artifacts"

step "secret, parameters, topic"
aws secretsmanager delete-secret --secret-id awscicd/demo/db >/dev/null
refused 'scheduled for deletion' aws secretsmanager create-secret --name awscicd/demo/db --secret-string x
refused 'marked for deletion' aws secretsmanager get-secret-value --secret-id awscicd/demo/db
aws secretsmanager restore-secret --secret-id awscicd/demo/db >/dev/null
aws secretsmanager delete-secret --secret-id awscicd/demo/db --force-delete-without-recovery >/dev/null
aws ssm delete-parameter --name /cicddemo/greeting
aws ssm delete-parameters --names /cicddemo/api-key >/dev/null
refused ParameterNotFound aws ssm delete-parameter --name /cicddemo/greeting
rule=$(aws codestar-notifications list-notification-rules --query 'NotificationRules[0].Arn' --output text)
aws codestar-notifications delete-notification-rule --arn "$rule" >/dev/null
aws sns delete-topic --topic-arn "$topic"
aws logs delete-log-group --log-group-name /aws/codebuild/awscicd-demo-build

step "roles: detached, emptied and out of their profile first"
refused 'must detach all policies first' aws iam delete-role --role-name awscicd-codedeploy-role
aws iam detach-role-policy --role-name awscicd-codedeploy-role --policy-arn arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole
refused 'must delete policies first' aws iam delete-role --role-name awscicd-codedeploy-role
refused 'must remove roles from instance profile first' aws iam delete-instance-profile --instance-profile-name awscicd-ec2-profile
aws iam detach-role-policy --role-name awscicd-ec2-role --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
refused 'must remove roles from instance profile first' aws iam delete-role --role-name awscicd-ec2-role
aws iam remove-role-from-instance-profile --instance-profile-name awscicd-ec2-profile --role-name awscicd-ec2-role
aws iam delete-instance-profile --instance-profile-name awscicd-ec2-profile
aws iam delete-role --role-name awscicd-ec2-role
for name in codedeploy codebuild codepipeline; do
    aws iam delete-role-policy --role-name "awscicd-$name-role" --policy-name "awscicd-$name-role-policy"
    aws iam delete-role --role-name "awscicd-$name-role"
done

step "nothing that costs is left"
expect "instances" '' "$(aws ec2 describe-instances --filters Name=instance-state-name,Values=pending,running,stopping,stopped \
    --query 'Reservations[].Instances[].InstanceId' --output text)"
expect "load balancers" '' "$(aws elbv2 describe-load-balancers --query 'LoadBalancers[].DNSName' --output text)"
expect "interfaces" '' "$(aws ec2 describe-network-interfaces --query 'NetworkInterfaces[].NetworkInterfaceId' --output text)"
expect "roles" '' "$(aws iam list-roles --query "Roles[?starts_with(RoleName,'awscicd')].RoleName" --output text)"
expect "buckets" '' "$(aws s3api list-buckets --query 'Buckets[].Name' --output text)"
if curl -fsS --max-time 5 "http://$dns/" >/dev/null 2>&1; then fail "the load balancer still answers"; fi
