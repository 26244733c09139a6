// The bodies that the benchmarks' server answers with: small ones, and two of about 5 MB.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 5 << 20 };

struct body { char *text; size_t count; };

static const char pipelines[] =
    "{\"pipelines\":[{\"name\":\"awscicd-demo\",\"version\":3,\"pipelineType\":\"V2\",\"created\":1700000000.25,"
    "\"updated\":1700000100.5},{\"name\":\"awscicd-other\",\"version\":1,\"pipelineType\":\"V1\",\"created\":1700000000.25,"
    "\"updated\":1700000100.5}]}";

static const char caller_identity[] =
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>"
    "arn:aws:iam::111122223333:user/delivery</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>"
    "</GetCallerIdentityResult><ResponseMetadata><RequestId>0123</RequestId></ResponseMetadata></GetCallerIdentityResponse>";

// One reservation of DescribeInstances with one instance; every %u is the instance's number.
static const char reservation[] =
    "<item><reservationId>r-%017u</reservationId><ownerId>111122223333</ownerId><groupSet/><instancesSet><item>"
    "<instanceId>i-%017u</instanceId><imageId>ami-0abcdef1234567890</imageId><instanceState><code>16</code>"
    "<name>running</name></instanceState><privateDnsName>ip-10-0-%u-1.eu-west-1.compute.internal</privateDnsName>"
    "<dnsName>ec2-%u.eu-west-1.compute.amazonaws.com</dnsName><reason/><amiLaunchIndex>0</amiLaunchIndex>"
    "<productCodes/><instanceType>t3.micro</instanceType><launchTime>2024-03-05T10:11:12.000Z</launchTime><placement>"
    "<availabilityZone>eu-west-1a</availabilityZone><groupName/><tenancy>default</tenancy></placement><monitoring>"
    "<state>disabled</state></monitoring><subnetId>subnet-%017u</subnetId><vpcId>vpc-0abcdef1234567890</vpcId>"
    "<privateIpAddress>10.0.%u.1</privateIpAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item>"
    "<groupId>sg-0abcdef1234567890</groupId><groupName>web</groupName></item></groupSet><architecture>x86_64"
    "</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping>"
    "<item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-%017u</volumeId><status>attached</status><attachTime>"
    "2024-03-05T10:11:13.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item>"
    "</blockDeviceMapping><virtualizationType>hvm</virtualizationType><clientToken>token-%u</clientToken><tagSet><item>"
    "<key>Name</key><value>web &amp; more %u</value></item><item><key>team</key><value>delivery</value></item><item>"
    "<key>aws:autoscaling:groupName</key><value>awscicd-cap-asg</value></item></tagSet><hypervisor>xen</hypervisor>"
    "<networkInterfaceSet><item><networkInterfaceId>eni-%017u</networkInterfaceId><subnetId>subnet-0abcdef1234567890"
    "</subnetId><status>in-use</status><macAddress>02:00:00:00:00:01</macAddress><sourceDestCheck>true"
    "</sourceDestCheck></item></networkInterfaceSet><iamInstanceProfile><arn>"
    "arn:aws:iam::111122223333:instance-profile/web</arn><id>AIPAEXAMPLE</id></iamInstanceProfile><ebsOptimized>false"
    "</ebsOptimized><cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions></item>"
    "</instancesSet></item>";

// One build of BatchGetBuilds; every %u is the build's number.
static const char build[] =
    "{\"id\":\"awscicd-demo-build:%017u\",\"arn\":\"arn:aws:codebuild:eu-west-1:111122223333:build/awscicd-demo-build:%017u"
    "\",\"buildNumber\":%u,\"startTime\":1700000000.25,\"endTime\":1700000061.5,\"currentPhase\":\"COMPLETED\","
    "\"buildStatus\":\"SUCCEEDED\",\"sourceVersion\":\"arn:aws:s3:::awscicd-artifacts/pipeline/Src/%u\",\"projectName\":"
    "\"awscicd-demo-build\",\"phases\":[{\"phaseType\":\"SUBMITTED\",\"phaseStatus\":\"SUCCEEDED\",\"startTime\":1700000000.25,"
    "\"endTime\":1700000000.5,\"durationInSeconds\":0},{\"phaseType\":\"BUILD\",\"phaseStatus\":\"SUCCEEDED\",\"startTime\":"
    "1700000010.25,\"endTime\":1700000041.5,\"durationInSeconds\":31,\"contexts\":[{\"statusCode\":\"\",\"message\":\"\"}]},"
    "{\"phaseType\":\"COMPLETED\",\"startTime\":1700000061.5}],\"source\":{\"type\":\"CODEPIPELINE\",\"insecureSsl\":false},"
    "\"artifacts\":{\"location\":\"arn:aws:s3:::awscicd-artifacts/pipeline/Built/%u\",\"sha256sum\":\"\",\"md5sum\":\"\"},"
    "\"cache\":{\"type\":\"NO_CACHE\"},\"environment\":{\"type\":\"LINUX_CONTAINER\",\"image\":"
    "\"aws/codebuild/amazonlinux2-x86_64-standard:5.0\",\"computeType\":\"BUILD_GENERAL1_SMALL\",\"environmentVariables\":["
    "{\"name\":\"STAGE\",\"value\":\"prod \\\"%u\\\"\",\"type\":\"PLAINTEXT\"},{\"name\":\"TOKEN\",\"value\":\"/awscicd/token\","
    "\"type\":\"PARAMETER_STORE\"}],\"privilegedMode\":false,\"imagePullCredentialsType\":\"CODEBUILD\"},\"serviceRole\":"
    "\"arn:aws:iam::111122223333:role/awscicd-codebuild-role\",\"logs\":{\"groupName\":\"/aws/codebuild/awscicd-demo-build\","
    "\"streamName\":\"%017u\",\"deepLink\":\"https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logEvent\"},"
    "\"timeoutInMinutes\":60,\"queuedTimeoutInMinutes\":480,\"buildComplete\":true,\"initiator\":\"codepipeline/awscicd\","
    "\"encryptionKey\":\"arn:aws:kms:eu-west-1:111122223333:alias/aws/s3\"}";

// Copies of a record with its number in place of each %u and %017u, until about 5 MB are there.
static struct body repeat(const char *head, const char *record, const char *separator, const char *tail) {
    char *text = malloc(LARGE + (64 << 10));
    if (!text) exit(1);
    size_t count = (size_t)sprintf(text, "%s", head);
    for (unsigned number = 1; count < LARGE; number++) {
        if (number > 1) count += (size_t)sprintf(text + count, "%s", separator);
        count += (size_t)sprintf(
            text + count, record, number, number, number, number, number, number, number, number, number, number);
    }
    count += (size_t)sprintf(text + count, "%s", tail);
    return (struct body){text, count};
}

static struct body describe_instances(void) {
    return repeat(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeInstancesResponse "
        "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>0123</requestId><reservationSet>",
        reservation, "", "</reservationSet></DescribeInstancesResponse>");
}

static struct body batch_get_builds(void) { return repeat("{\"builds\":[", build, ",", "],\"buildsNotFound\":[]}"); }
