"""The exact filter patterns that Security Hub requires, to find mistakes in a control's header.

https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
"""

from __future__ import annotations

TEXTS = {
    "CloudWatch.1": (
        '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="Aws'
        'ServiceEvent"}'
    ),
    "CloudWatch.2": ('{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}'),
    "CloudWatch.3": (
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userI'
        'dentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
    ),
    "CloudWatch.4": (
        "{($.eventSource=iam.amazonaws.com) && (($.eventName=DeleteGroupPolicy) || ($.eventName=D"
        "eleteRolePolicy) || ($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || ($"
        ".eventName=PutRolePolicy) || ($.eventName=PutUserPolicy) || ($.eventName=CreatePolicy) |"
        "| ($.eventName=DeletePolicy) || ($.eventName=CreatePolicyVersion) || ($.eventName=Delete"
        "PolicyVersion) || ($.eventName=AttachRolePolicy) || ($.eventName=DetachRolePolicy) || ($"
        ".eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || ($.eventName=AttachGro"
        "upPolicy) || ($.eventName=DetachGroupPolicy))}"
    ),
    "CloudWatch.5": (
        "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || "
        "($.eventName=StartLogging) || ($.eventName=StopLogging)}"
    ),
    "CloudWatch.6": ('{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}'),
    "CloudWatch.7": (
        "{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=Schedule"
        "KeyDeletion))}"
    ),
    "CloudWatch.8": (
        "{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBuck"
        "etPolicy) || ($.eventName=PutBucketCors) || ($.eventName=PutBucketLifecycle) || ($.event"
        "Name=PutBucketReplication) || ($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBuc"
        "ketCors) || ($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication)"
        ")}"
    ),
    "CloudWatch.9": (
        "{($.eventSource=config.amazonaws.com) && (($.eventName=StopConfigurationRecorder) || ($."
        "eventName=DeleteDeliveryChannel) || ($.eventName=PutDeliveryChannel) || ($.eventName=Put"
        "ConfigurationRecorder))}"
    ),
    "CloudWatch.10": (
        "{($.eventName=AuthorizeSecurityGroupIngress) || ($.eventName=AuthorizeSecurityGroupEgres"
        "s) || ($.eventName=RevokeSecurityGroupIngress) || ($.eventName=RevokeSecurityGroupEgress"
        ") || ($.eventName=CreateSecurityGroup) || ($.eventName=DeleteSecurityGroup)}"
    ),
    "CloudWatch.11": (
        "{($.eventName=CreateNetworkAcl) || ($.eventName=CreateNetworkAclEntry) || ($.eventName=D"
        "eleteNetworkAcl) || ($.eventName=DeleteNetworkAclEntry) || ($.eventName=ReplaceNetworkAc"
        "lEntry) || ($.eventName=ReplaceNetworkAclAssociation)}"
    ),
    "CloudWatch.12": (
        "{($.eventName=CreateCustomerGateway) || ($.eventName=DeleteCustomerGateway) || ($.eventN"
        "ame=AttachInternetGateway) || ($.eventName=CreateInternetGateway) || ($.eventName=Delete"
        "InternetGateway) || ($.eventName=DetachInternetGateway)}"
    ),
    "CloudWatch.13": (
        "{($.eventSource=ec2.amazonaws.com) && (($.eventName=CreateRoute) || ($.eventName=CreateR"
        "outeTable) || ($.eventName=ReplaceRoute) || ($.eventName=ReplaceRouteTableAssociation) |"
        "| ($.eventName=DeleteRouteTable) || ($.eventName=DeleteRoute) || ($.eventName=Disassocia"
        "teRouteTable))}"
    ),
    "CloudWatch.14": (
        "{($.eventName=CreateVpc) || ($.eventName=DeleteVpc) || ($.eventName=ModifyVpcAttribute) "
        "|| ($.eventName=AcceptVpcPeeringConnection) || ($.eventName=CreateVpcPeeringConnection) "
        "|| ($.eventName=DeleteVpcPeeringConnection) || ($.eventName=RejectVpcPeeringConnection) "
        "|| ($.eventName=AttachClassicLinkVpc) || ($.eventName=DetachClassicLinkVpc) || ($.eventN"
        "ame=DisableVpcClassicLink) || ($.eventName=EnableVpcClassicLink)}"
    ),
}
