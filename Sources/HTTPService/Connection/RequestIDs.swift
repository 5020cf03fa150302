import NIOConcurrencyHelpers

/// Numbers the requests of one server: `<prefix>-<n>`.
final class RequestIDs: Sendable {
    private let prefix: String
    private let counter = NIOLockedValueBox<UInt64>(0)

    init(prefix: String) {
        self.prefix = prefix
    }

    func next() -> String {
        let number = self.counter.withLockedValue { value in
            value += 1
            return value
        }
        return "\(self.prefix)-\(number)"
    }
}
