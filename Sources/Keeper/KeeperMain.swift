/// The keeper's entry.
public enum KeeperMain {
    /// The program's verb that `main` answers to.
    public static let verb = "keeper"
}
