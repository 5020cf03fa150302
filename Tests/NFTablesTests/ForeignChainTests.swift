import Document
import Testing

@testable import NFTables

@Suite struct ForeignChainTests {
    private func states(_ text: String) throws -> [ForeignChain.State] {
        ForeignChain.states(inRuleset: try JSONReader.parse(text))
    }

    @Test func findsAPolicyOfDropAndOurRulesByTheirComment() throws {
        let states = try states(
            """
            {"nftables": [
              {"chain": {"family": "ip", "table": "filter", "name": "FORWARD", "type": "filter", "hook": "forward",
                         "prio": 0, "policy": "drop", "handle": 1}},
              {"chain": {"family": "ip", "table": "filter", "name": "DOCKER-USER", "handle": 2}},
              {"rule": {"family": "ip", "table": "filter", "chain": "FORWARD", "handle": 7, "expr": [
                  {"jump": {"target": "DOCKER-USER"}}]}},
              {"rule": {"family": "ip", "table": "filter", "chain": "DOCKER-USER", "handle": 9,
                        "comment": "skiff-pass-default", "expr": [{"accept": null}]}}
            ]}
            """)
        #expect(states.map(\.chain.name) == ["FORWARD", "DOCKER-USER"])
        #expect(states[0].place == .forward)
        #expect(states[0].dropsByDefault)
        #expect(!states[1].dropsByDefault)
        #expect(states[1].commented == ["skiff-pass-default": [9]])
    }

    @Test func findsALastRuleThatRejects() throws {
        let states = try states(
            """
            {"nftables": [
              {"chain": {"family": "inet", "table": "firewalld", "name": "filter_FORWARD", "type": "filter",
                         "hook": "forward", "prio": 10, "policy": "accept"}},
              {"rule": {"family": "inet", "table": "firewalld", "chain": "filter_FORWARD", "handle": 3, "expr": [
                  {"match": {}}, {"accept": null}]}},
              {"rule": {"family": "inet", "table": "firewalld", "chain": "filter_FORWARD", "handle": 4, "expr": [
                  {"counter": {}}, {"reject": {"type": "icmpx"}}]}}
            ]}
            """)
        #expect(states.map(\.dropsByDefault) == [true])
    }

    @Test func leavesAcceptingChainsOurOwnAndOddNamesAlone() throws {
        let states = try states(
            """
            {"nftables": [
              {"chain": {"family": "ip", "table": "filter", "name": "FORWARD", "type": "filter", "hook": "forward",
                         "policy": "accept"}},
              {"rule": {"family": "ip", "table": "filter", "chain": "FORWARD", "handle": 4, "expr": [
                  {"match": {}}, {"drop": null}]}},
              {"chain": {"family": "ip", "table": "skiff-net-x", "name": "forwarded", "type": "filter",
                         "hook": "forward", "policy": "drop"}},
              {"chain": {"family": "ip", "table": "a b", "name": "x; flush ruleset", "type": "filter",
                         "hook": "forward", "policy": "drop"}}
            ]}
            """)
        #expect(states.map(\.chain.name) == ["FORWARD"])
        #expect(states.map(\.dropsByDefault) == [false])
    }
}
