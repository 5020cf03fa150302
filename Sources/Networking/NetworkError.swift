/// What can go wrong with bridges, addresses and names.
public struct NetworkError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; callers branch on this, never on the message.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case noFreeRange, rangeClash, noFreeAddress, addressInUse, addressOutsideNetwork, unknownNetwork
            case networkExists, networkInUse, predefinedNetwork, invalidName, unknownSandbox, alreadyAttached
            case firewallBlocks, dnsUnavailable, malformedMessage, kernel, store, notStarted
        }
        private let value: Value

        /// No private range of the needed size is free of the host's routes.
        public static let noFreeRange = Code(value: .noFreeRange)
        /// A range that was asked for overlaps a route or a network.
        public static let rangeClash = Code(value: .rangeClash)
        /// Every address of a network is leased.
        public static let noFreeAddress = Code(value: .noFreeAddress)
        /// The address that was asked for is leased.
        public static let addressInUse = Code(value: .addressInUse)
        /// The address that was asked for is not in the network.
        public static let addressOutsideNetwork = Code(value: .addressOutsideNetwork)
        /// There is no network of this name or id.
        public static let unknownNetwork = Code(value: .unknownNetwork)
        /// A network of this name exists.
        public static let networkExists = Code(value: .networkExists)
        /// The network still has endpoints.
        public static let networkInUse = Code(value: .networkInUse)
        /// `bridge`, `host` and `none` can be neither made nor removed.
        public static let predefinedNetwork = Code(value: .predefinedNetwork)
        /// The name of a network is malformed.
        public static let invalidName = Code(value: .invalidName)
        /// The sandbox has no endpoint on the network.
        public static let unknownSandbox = Code(value: .unknownSandbox)
        /// The sandbox has an endpoint on the network already.
        public static let alreadyAttached = Code(value: .alreadyAttached)
        /// A foreign firewall drops our packets and no rule can be put where it looks.
        public static let firewallBlocks = Code(value: .firewallBlocks)
        /// The DNS port of a bridge cannot be bound.
        public static let dnsUnavailable = Code(value: .dnsUnavailable)
        /// A DNS message is malformed.
        public static let malformedMessage = Code(value: .malformedMessage)
        /// The kernel refused a link, address, route or switch.
        public static let kernel = Code(value: .kernel)
        /// The database of networks and leases failed.
        public static let store = Code(value: .store)
        /// The engine was used before `start` or after `teardown`.
        public static let notStarted = Code(value: .notStarted)

        /// The code's name, for logs.
        public var description: String { value.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, for people.
    public let message: String
    /// The error underneath, when there is one.
    public let cause: (any Error)?

    /// Makes an error of `code`.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, with the cause when there is one.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
