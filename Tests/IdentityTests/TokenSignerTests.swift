import Effects
import Testing

@testable import Identity

@Suite struct TokenSignerTests {
    static let claims = TokenClaims(
        namespace: "ns", serviceAccount: .init(name: "robot", uid: "u1"), pod: .init(name: "p", uid: "u2"),
        audiences: [TokenSigner.defaultIssuer])

    @Test func verifiesItsOwnTokens() throws {
        let signer = TokenSigner(effects: .live)
        let token = signer.sign(Self.claims, lifetime: .seconds(600)).token
        let claims = try signer.verify(token)
        #expect(claims == Self.claims)
        #expect(claims.user == "system:serviceaccount:ns:robot")
        let reread = try TokenSigner(keyPEM: signer.keyPEM, effects: .live)
        #expect(try reread.verify(token) == Self.claims)
    }

    @Test func refusesForgedTokens() throws {
        let signer = TokenSigner(effects: .live)
        let token = signer.sign(Self.claims, lifetime: .seconds(600)).token
        let foreign = TokenSigner(effects: .live).sign(Self.claims, lifetime: .seconds(600)).token
        let parts = token.split(separator: ".")
        let unsigned = "\(Base64URL.encode(Array(#"{"alg":"none"}"#.utf8))).\(parts[1])."
        for forged in [foreign, unsigned, "\(parts[0]).\(parts[1])x.\(parts[2])", "", "a.b.c"] {
            let error = #expect(throws: IdentityError.self) { try signer.verify(forged) }
            #expect(error?.code == .badToken)
        }
    }

    @Test func refusesOldTokensAndForeignAudiences() throws {
        let time = ManualTime()
        let effects = Effects(time: time, random: SeededRandom(seed: 1))
        let signer = TokenSigner(effects: effects)
        let token = signer.sign(Self.claims, lifetime: .seconds(600)).token
        _ = try signer.verify(token)
        #expect(throws: IdentityError.self) { try signer.verify(token, audience: "vault") }
        time.advance(by: .seconds(600))
        let error = #expect(throws: IdentityError.self) { try signer.verify(token) }
        #expect(error?.code == .expiredToken)
    }
}
