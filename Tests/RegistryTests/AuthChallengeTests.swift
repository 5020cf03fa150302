import Document
import Images
import Testing

@testable import Registry

@Suite struct AuthChallengeTests {
    @Test func readsBearerChallenges() throws {
        let challenge = try #require(
            AuthChallenge(
                #"Bearer realm="https://auth.example/token",service="reg, one",scope="repository:a/b:pull,push""#)
        )
        #expect(challenge.scheme == "bearer")
        #expect(challenge.parameters["realm"] == "https://auth.example/token")
        #expect(challenge.parameters["service"] == "reg, one")
        #expect(challenge.parameters["scope"] == "repository:a/b:pull,push")
    }

    @Test func readsEscapesAndBareValues() throws {
        let challenge = try #require(AuthChallenge(#"BASIC realm="a \"quoted\" name", charset=UTF-8"#))
        #expect(challenge.scheme == "basic")
        #expect(challenge.parameters["realm"] == "a \"quoted\" name")
        #expect(challenge.parameters["charset"] == "UTF-8")
    }

    @Test(arguments: ["", "   ", "Bearer realm=\"never closed", "Bearer realm"])
    func refusesBrokenOnes(_ text: String) {
        #expect(AuthChallenge(text) == nil)
    }
}

@Suite struct DockerConfigFileTests {
    private func file(_ json: String) throws -> DockerConfigFile {
        DockerConfigFile(document: try JSONReader.parse(json))
    }

    @Test func findsLoginsUnderEveryKeyDockerWrites() throws {
        let auth = Base64.encode(Array("me:pass:word".utf8))
        let config = try file(
            #"{"auths":{"https://index.docker.io/v1/":{"auth":"\#(auth)"},"https://quay.io":{"identitytoken":"t"}}}"#
        )
        let hub = config.credentials(for: RegistryHost("docker.io"))
        #expect(hub == RegistryCredentials(username: "me", password: "pass:word"))
        #expect(config.credentials(for: RegistryHost("quay.io"))?.identityToken == "t")
        #expect(config.credentials(for: RegistryHost("ghcr.io")) == nil)
    }

    @Test func namesTheHelperOfARegistry() throws {
        let config = try file(#"{"credsStore":"desktop","credHelpers":{"gcr.io":"gcr"},"auths":{"quay.io":{}}}"#)
        #expect(config.helper(for: RegistryHost("gcr.io")) == "gcr")
        #expect(config.helper(for: RegistryHost("quay.io")) == "desktop")
        #expect(config.helper(for: RegistryHost("ghcr.io")) == nil)
    }

    @Test func brokenLoginsAreNone() throws {
        let config = try file(#"{"auths":{"quay.io":{"auth":"not base64!"},"ghcr.io":{"auth":"bm9jb2xvbg=="}}}"#)
        #expect(config.credentials(for: RegistryHost("quay.io")) == nil)
        #expect(config.credentials(for: RegistryHost("ghcr.io")) == nil)
    }
}

@Suite struct ProxySettingsTests {
    private let settings = ProxySettings(environment: [
        "HTTPS_PROXY": "http://user:secret@proxy.example:3128/", "http_proxy": "plain.example",
        "NO_PROXY": "internal.example, .corp",
    ])

    @Test func readsProxiesWithTheirCredentials() {
        #expect(settings.secure == ProxySettings.Proxy("http://user:secret@proxy.example:3128"))
        #expect(settings.secure?.credentials == "user:secret")
        #expect(settings.plain?.port == 80)
        #expect(ProxySettings.Proxy("https://proxy.example:443") == nil)
        #expect(ProxySettings.Proxy("http://proxy.example:port") == nil)
    }

    @Test func leavesOutLoopbackAndExceptions() {
        #expect(settings.proxy(forHost: "registry-1.docker.io", isSecure: true)?.host == "proxy.example")
        #expect(settings.proxy(forHost: "registry-1.docker.io", isSecure: false)?.host == "plain.example")
        for host in ["localhost:5000", "127.0.0.1:5000", "internal.example", "a.internal.example", "x.corp:8443"] {
            #expect(settings.proxy(forHost: host, isSecure: true) == nil, "\(host)")
        }
        #expect(settings.proxy(forHost: "notinternal.example", isSecure: true) != nil)
    }
}
