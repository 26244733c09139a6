import AWSModel
import AWSSigning

/// Amazon S3. Records are in tables, payloads in files (``ObjectFiles``).
@CloudActor
public final class S3Service: CloudService {
    public static let model = "s3"
    let cloud: Cloud
    /// Bucket names are one space for all accounts.
    let buckets: Table<Bucket>
    /// The "account" is the bucket, the key ``ObjectKey/order(_:)``.
    let objects: Table<StoredObject>
    /// The "account" is the bucket.
    let uploads: Table<MultipartUpload>
    nonisolated let files: ObjectFiles
    /// Payloads that go, in the order of when.
    private var leaving: [(due: Double, file: String)] = []
    private var isSweeping = false

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        buckets = try cloud.store.table("s3.buckets", of: Bucket.self)
        objects = try cloud.store.table("s3.objects", of: StoredObject.self)
        uploads = try cloud.store.table("s3.uploads", of: MultipartUpload.self)
        let directory = (cloud.configuration.dataDirectory ?? cloud.workDirectory) + "/objects"
        do {
            files = try ObjectFiles(directory: directory)
        } catch {
            throw StartError("S3's objects cannot be kept in \(directory): \(error)")
        }
    }

    public var operations: [String: OperationHandler] {
        bucketOperations
            .merging(settingOperations) { first, _ in first }
            .merging(policyOperations) { first, _ in first }
            .merging(objectOperations) { first, _ in first }
            .merging(readOperations) { first, _ in first }
            .merging(deleteOperations) { first, _ in first }
            .merging(listOperations) { first, _ in first }
            .merging(multipartOperations) { first, _ in first }
            .merging(objectSettingOperations) { first, _ in first }
    }

    public func start() async {
        var used: Set<String> = []
        for entry in objects.everything() { used.formUnion(entry.record.versions.compactMap(\.file)) }
        for entry in uploads.everything() { used.formUnion(entry.record.parts.values.map(\.file)) }
        files.removeAll(except: used)
    }

    /// - Throws: ``ServiceError`` `NoSuchBucket`.
    func bucket(_ input: AWSValue) throws(ServiceError) -> Bucket {
        let name = input["Bucket"]?.string ?? ""
        guard let bucket = buckets["", "", name] else { throw .noSuchBucket(name) }
        if let owner = input["ExpectedBucketOwner"]?.string, owner != bucket.account {
            throw ServiceError("AccessDenied", "Access Denied", status: 403)
        }
        return bucket
    }

    func key(_ input: AWSValue) throws(ServiceError) -> String {
        let key = input["Key"]?.string ?? ""
        guard !key.isEmpty else {
            throw ServiceError(
                "MethodNotAllowed", "The specified method is not allowed against this resource.", status: 405)
        }
        guard key.utf8.count <= 1024 else {
            throw ServiceError(
                "KeyTooLongError", "Your key is too long", status: 400,
                fields: ["Size": .string(String(key.utf8.count)), "MaxSizeAllowed": "1024"])
        }
        return key
    }

    func stored(_ bucket: String, _ key: String) -> StoredObject? { objects[bucket, "", ObjectKey.order(key)] }

    func owner(_ account: String) -> AWSValue { .map(["ID": .string(Digest.sha256Hex(Array(account.utf8)))]) }

    /// Removes payloads a minute from now: once nobody reads them any more and what let go of them is committed.
    func discard(_ discarded: [String]) {
        guard !discarded.isEmpty else { return }
        let due = CloudClock.realNow + 60
        leaving += discarded.map { (due, $0) }
        guard !isSweeping else { return }
        isSweeping = true
        let clock = cloud.clock
        cloud.spawn { [self] in
            while let next = leaving.first {
                do { try await clock.sleep(real: max(1, next.due - CloudClock.realNow)) } catch { break }
                let now = CloudClock.realNow
                let gone = leaving.prefix { $0.due <= now }
                for entry in gone { files.remove(entry.file) }
                leaving.removeFirst(gone.count)
            }
            isSweeping = false
        }
    }
}
