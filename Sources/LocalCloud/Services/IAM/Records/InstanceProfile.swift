import AWSModel

struct InstanceProfile: Tagged {
    var name: String
    var id: String
    var path: String
    var arn: String
    var created: Double
    var tags: [Tag] = []
    /// One at most.
    var roles: [String] = []
}
