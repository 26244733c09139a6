import Testing

@testable import AWSSigning

/// Signature Version 2; the digests are those that botocore 1.43.11 gives for the same forms and the
/// host in small letters, as the signing process wants it.
@Suite struct SigV2Tests {
    private func sign(_ form: String, key: String, secret: String, token: String? = nil, at time: Double) -> [String] {
        let credentials = Credentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token)
        let body = SigV2.sign(
            form: Array(form.utf8), host: "sdb.Amazonaws.com", path: "", credentials: credentials, at: time)
        return String(decoding: body, as: UTF8.self).split(separator: "&").map(String.init)
    }

    private let form =
        "Version=2009-04-15&Action=Select&SelectExpression=select%20%2A%20from%20%60d%60%20where%20a%20%3D%20%271%2B1%20%E2%9C%93~%27"

    @Test func formsAreSortedAndSigned() {
        let fields = sign(
            form, key: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", at: 1_318_001_530)
        #expect(
            fields == [
                "AWSAccessKeyId=AKIDEXAMPLE", "Action=Select",
                "SelectExpression=select%20%2A%20from%20%60d%60%20where%20a%20%3D%20%271%2B1%20%E2%9C%93~%27",
                "SignatureMethod=HmacSHA256", "SignatureVersion=2", "Timestamp=2011-10-07T15%3A32%3A10Z",
                "Version=2009-04-15", "Signature=DCClzuZY0ZfCw%2FBdpfmFKAYd14c2gMxhnX%2FuTKMQZ4U%3D",
            ])
    }

    @Test func tokensAreSignedToo() {
        let fields = sign(
            form, key: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token: "IQ+tok/en==",
            at: 1_318_001_530)
        #expect(fields.contains("SecurityToken=IQ%2Btok%2Fen%3D%3D"))
        #expect(fields.last == "Signature=CYYUOXcdJTaUrN%2FdU0iWP81viD9wuPD6mXkWCKCXv48%3D")
    }

    @Test func signingAgainReplacesTheSignature() {
        let once = sign(form, key: "foo", secret: "bar", at: 1_403_253_623)
        let again = sign(form + "&Signature=old", key: "foo", secret: "bar", at: 1_403_253_623)
        #expect(once == again)
    }
}
