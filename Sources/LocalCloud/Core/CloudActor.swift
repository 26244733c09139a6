/// All state of the control plane lives on this actor, so services read and change each other's state without waiting.
///
/// Long work (a build, a hook, a copied file) is awaited off the actor; what was read before an `await` may have changed
/// after it.
@globalActor
public actor CloudActor {
    public static let shared = CloudActor()
}
