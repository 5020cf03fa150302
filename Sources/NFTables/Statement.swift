/// What a rule does with a packet in the end, or where it goes on.
public enum Verdict: Sendable, Hashable {
    /// Ends this base chain; the packet passes it.
    case accept
    /// The packet is gone.
    case drop
    /// Goes to a chain and does not come back.
    case goto(Identifier)
    /// Goes to a chain and comes back.
    case jump(Identifier)
    /// Back to the calling chain.
    case returnToCaller

    var rendered: String {
        switch self {
        case .accept: "accept"
        case .drop: "drop"
        case .goto(let chain): "goto \(chain)"
        case .jump(let chain): "jump \(chain)"
        case .returnToCaller: "return"
        }
    }
}

/// One part of a rule: a condition or an action.
///
/// Parts are read from left to right; the first condition that does not hold ends the rule.
public enum Statement: Sendable, Hashable {
    /// The packet came in by this interface.
    case inputInterface(InterfaceName)
    /// The packet came in by any other interface.
    case inputInterfaceIsNot(InterfaceName)
    /// The packet leaves by this interface.
    case outputInterface(InterfaceName)
    /// The packet leaves by any other interface.
    case outputInterfaceIsNot(InterfaceName)
    /// The packet came in by an interface whose name begins so.
    case inputInterfaceBegins(InterfaceName)
    /// The packet came in by an interface whose name begins otherwise.
    case inputInterfaceDoesNotBegin(InterfaceName)
    /// The packet leaves by an interface whose name begins so.
    case outputInterfaceBegins(InterfaceName)
    /// The packet leaves by an interface whose name begins otherwise.
    case outputInterfaceDoesNotBegin(InterfaceName)
    /// An expression equals a constant.
    case equal(Expression, Value)
    /// An expression differs from a constant.
    case notEqual(Expression, Value)
    /// An expression is an element of a set.
    case member(Expression, of: Identifier)
    /// An expression is no element of a set.
    case notMember(Expression, of: Identifier)
    /// The layer-4 protocol is TCP or UDP.
    case isTCPOrUDP
    /// The destination address belongs to this host.
    case destinationIsLocal
    /// The packet is an ICMP redirect.
    case isICMPRedirect
    /// The connection's destination was rewritten.
    case destinationWasRewritten
    /// The connection's destination was not rewritten.
    case destinationWasNotRewritten
    /// The connection is known, or belongs to a known one.
    case establishedOrRelated
    /// Looks the expression up in a verdict map and does what it says; goes on when there is no such element.
    case verdictMap(Expression, Identifier)
    /// Rewrites destination address and port to what a map holds for the expression; goes on when there is no such element.
    case rewriteDestination(byLooking: Expression, in: Identifier)
    /// Rewrites the source address to the one of the outgoing interface.
    case masquerade
    /// Answers with a TCP reset.
    case rejectWithReset
    /// Answers with ICMP port unreachable.
    case rejectPortUnreachable
    /// Answers with ICMP host unreachable.
    case rejectHostUnreachable
    /// Ends the rule.
    case verdict(Verdict)
}

extension Statement {
    var rendered: String {
        switch self {
        case .inputInterface(let name): "iifname \"\(name)\""
        case .inputInterfaceIsNot(let name): "iifname != \"\(name)\""
        case .outputInterface(let name): "oifname \"\(name)\""
        case .outputInterfaceIsNot(let name): "oifname != \"\(name)\""
        case .inputInterfaceBegins(let name): "iifname \"\(name)*\""
        case .inputInterfaceDoesNotBegin(let name): "iifname != \"\(name)*\""
        case .outputInterfaceBegins(let name): "oifname \"\(name)*\""
        case .outputInterfaceDoesNotBegin(let name): "oifname != \"\(name)*\""
        case .equal(let expression, let value): "\(expression.rendered) \(value.rendered)"
        case .notEqual(let expression, let value): "\(expression.rendered) != \(value.rendered)"
        case .member(let expression, let set): "\(expression.rendered) @\(set)"
        case .notMember(let expression, let set): "\(expression.rendered) != @\(set)"
        case .isTCPOrUDP: "meta l4proto { tcp, udp }"
        case .destinationIsLocal: "fib daddr type local"
        case .isICMPRedirect: "icmp type redirect"
        case .destinationWasRewritten: "ct status dnat"
        case .destinationWasNotRewritten: "ct status & dnat == 0"
        case .establishedOrRelated: "ct state established,related"
        case .verdictMap(let expression, let map): "\(expression.rendered) vmap @\(map)"
        case .rewriteDestination(let expression, let map): "dnat ip to \(expression.rendered) map @\(map)"
        case .masquerade: "masquerade"
        case .rejectWithReset: "meta l4proto tcp reject with tcp reset"
        case .rejectPortUnreachable: "reject with icmp type port-unreachable"
        case .rejectHostUnreachable: "reject with icmp type host-unreachable"
        case .verdict(let verdict): verdict.rendered
        }
    }
}

/// A rule: conditions and actions from left to right.
public struct Rule: Sendable, Hashable {
    /// The parts, in order.
    public let statements: [Statement]

    /// A rule of these parts.
    public init(_ statements: Statement...) { self.statements = statements }

    /// A rule of these parts.
    public init(_ statements: [Statement]) { self.statements = statements }

    var rendered: String { statements.map(\.rendered).joined(separator: " ") }
}
