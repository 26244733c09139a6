# Articles 2 to 15: what the capstone stands on. Sourced by article.sh.

trust() {
    printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"%s.amazonaws.com"},"Action":"sts:AssumeRole"}]}' "$1"
}
# role NAME SERVICE MANAGED_POLICY INLINE_STATEMENTS: "-" for none.
role() {
    aws iam create-role --role-name "$1" --assume-role-policy-document "$(trust "$2")" >/dev/null
    [ "$3" = - ] || aws iam attach-role-policy --role-name "$1" --policy-arn "arn:aws:iam::aws:policy/$3"
    [ "$4" = - ] || aws iam put-role-policy --role-name "$1" --policy-name "$1-policy" \
        --policy-document "{\"Version\":\"2012-10-17\",\"Statement\":[$4]}"
}
allow() { printf '{"Effect":"Allow","Action":%s,"Resource":"%s"}' "$1" "${2:-*}"; }

step "articles 2 and 3: bucket, repository, first push"
aws s3 mb "s3://$artifacts" >/dev/null
aws s3api put-bucket-versioning --bucket "$artifacts" --versioning-configuration Status=Enabled
aws codecommit create-repository --repository-name awscicd-demo-app >/dev/null
clone_url=$(aws codecommit get-repository --repository-name awscicd-demo-app --query repositoryMetadata.cloneUrlHttp --output text)
# The real helper of the AWS CLI signs git's password. Off Amazon's hosts it has to be told that this host is meant.
cat > gitconfig <<'CONFIG'
[credential]
    helper = "!f() { if [ \"$1\" = get ]; then aws codecommit credential-helper --ignore-host-check get; fi; }; f"
    UseHttpPath = true
[user]
    name = Demo
    email = demo@example.com
[init]
    defaultBranch = main
CONFIG
export GIT_CONFIG_GLOBAL=$PWD/gitconfig GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
git clone -q "$clone_url" app 2>/dev/null
mkdir -p app/scripts app/tests
cp -r "$here/app/." app/
git -C app add -A
git -C app commit -qm "Demo application v2"
git -C app push -q origin HEAD:main

step "articles 5 and 14: parameters, secret, topic"
aws ssm put-parameter --name /cicddemo/greeting --type String --value "Xin chào" >/dev/null
aws ssm put-parameter --name /cicddemo/api-key --type SecureString --value "s3cr3t-api-key-0001" >/dev/null
aws secretsmanager create-secret --name awscicd/demo/db --secret-string '{"username":"demo","password":"pa55word-0001"}' >/dev/null
topic=$(aws sns create-topic --name awscicd-notify --query TopicArn --output text)

step "roles"
s3=$(allow '["s3:GetObject","s3:GetObjectVersion","s3:PutObject","s3:GetBucketVersioning","s3:GetBucketAcl","s3:GetBucketLocation"]')
role awscicd-codebuild-role codebuild - "$s3,$(allow '["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"]'),$(allow '"ssm:GetParameters"' "arn:aws:ssm:us-east-1:$account:parameter/cicddemo/*"),$(allow '"secretsmanager:GetSecretValue"'),$(allow '["codebuild:CreateReportGroup","codebuild:CreateReport","codebuild:UpdateReport","codebuild:BatchPutTestCases"]')"
role awscicd-codedeploy-role codedeploy service-role/AWSCodeDeployRole "$(allow '["iam:PassRole","ec2:CreateTags","ec2:RunInstances"]')"
role awscicd-codepipeline-role codepipeline - "$s3,$(allow '["codecommit:GetBranch","codecommit:GetCommit","codecommit:UploadArchive","codecommit:GetUploadArchiveStatus","codecommit:GetRepository"]'),$(allow '["codebuild:StartBuild","codebuild:BatchGetBuilds"]'),$(allow '["codedeploy:CreateDeployment","codedeploy:GetDeployment","codedeploy:GetDeploymentConfig","codedeploy:GetApplication","codedeploy:GetApplicationRevision","codedeploy:RegisterApplicationRevision"]'),$(allow '"sns:Publish"' "$topic")"
role awscicd-ec2-role ec2 AmazonS3ReadOnlyAccess -
aws iam create-instance-profile --instance-profile-name awscicd-ec2-profile >/dev/null
aws iam add-role-to-instance-profile --instance-profile-name awscicd-ec2-profile --role-name awscicd-ec2-role

step "articles 4 and 6: build project"
aws codebuild create-project --name awscicd-demo-build --source type=CODEPIPELINE --artifacts type=CODEPIPELINE \
    --environment type=LINUX_CONTAINER,image=aws/codebuild/amazonlinux-x86_64-standard:5.0,computeType=BUILD_GENERAL1_SMALL \
    --service-role "arn:aws:iam::$account:role/awscicd-codebuild-role" >/dev/null

step "article 15: launch template, load balancer, group"
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[0].VpcId' --output text)
read -r subnet_a subnet_b <<< "$(aws ec2 describe-subnets --filters "Name=vpc-id,Values=$vpc" --query 'Subnets[:2].SubnetId' --output text)"
alb_group=$(aws ec2 create-security-group --group-name awscicd-cap-alb-sg --description alb --vpc-id "$vpc" --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$alb_group" --protocol tcp --port 80 --cidr 0.0.0.0/0 >/dev/null
web_group=$(aws ec2 create-security-group --group-name awscicd-cap-sg --description web --vpc-id "$vpc" --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$web_group" --protocol tcp --port 80 --source-group "$alb_group" >/dev/null
cat > user-data.sh <<'SCRIPT'
#!/bin/bash
dnf update -y
dnf install -y httpd ruby wget
echo "awscicd demo app — v1" > /var/www/html/index.html
systemctl enable --now httpd
cd /home/ec2-user
wget -q https://aws-codedeploy-us-east-1.s3.us-east-1.amazonaws.com/latest/install
chmod +x ./install
./install auto
systemctl enable --now codedeploy-agent
SCRIPT
image=$(aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 --query Parameter.Value --output text)
cat > template.json <<JSON
{"ImageId": "$image", "InstanceType": "t3.micro", "SecurityGroupIds": ["$web_group"],
 "IamInstanceProfile": {"Name": "awscicd-ec2-profile"}, "UserData": "$(base64 -w0 user-data.sh)"}
JSON
aws ec2 create-launch-template --launch-template-name awscicd-cap-lt --launch-template-data file://template.json >/dev/null
alb=$(aws elbv2 create-load-balancer --name awscicd-cap-alb --subnets "$subnet_a" "$subnet_b" --security-groups "$alb_group" \
    --query 'LoadBalancers[0].LoadBalancerArn' --output text)
targets=$(aws elbv2 create-target-group --name awscicd-cap-tg --protocol HTTP --port 80 --vpc-id "$vpc" --health-check-path / \
    --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 create-listener --load-balancer-arn "$alb" --protocol HTTP --port 80 \
    --default-actions "Type=forward,TargetGroupArn=$targets" >/dev/null
aws elbv2 wait load-balancer-available --load-balancer-arns "$alb"
dns=$(aws elbv2 describe-load-balancers --names awscicd-cap-alb --query 'LoadBalancers[0].DNSName' --output text)
aws autoscaling create-auto-scaling-group --auto-scaling-group-name awscicd-cap-asg \
    --launch-template 'LaunchTemplateName=awscicd-cap-lt,Version=$Latest' --min-size 2 --max-size 2 --desired-capacity 2 \
    --vpc-zone-identifier "$subnet_a,$subnet_b" --target-group-arns "$targets"

step "article 15: deployment group"
aws deploy create-application --application-name awscicd-demo --compute-platform Server >/dev/null
aws deploy create-deployment-group --application-name awscicd-demo --deployment-group-name awscicd-cap-dg \
    --service-role-arn "arn:aws:iam::$account:role/awscicd-codedeploy-role" --auto-scaling-groups awscicd-cap-asg \
    --deployment-config-name CodeDeployDefault.AllAtOnce \
    --deployment-style deploymentType=BLUE_GREEN,deploymentOption=WITH_TRAFFIC_CONTROL \
    --load-balancer-info 'targetGroupInfoList=[{name=awscicd-cap-tg}]' \
    --blue-green-deployment-configuration 'terminateBlueInstancesOnDeploymentSuccess={action=KEEP_ALIVE},deploymentReadyOption={actionOnTimeout=CONTINUE_DEPLOYMENT},greenFleetProvisioningOption={action=COPY_AUTO_SCALING_GROUP}' \
    --auto-rollback-configuration enabled=true,events=DEPLOYMENT_FAILURE >/dev/null
aws elbv2 wait target-in-service --target-group-arn "$targets"
