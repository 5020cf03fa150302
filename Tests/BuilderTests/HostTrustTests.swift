import Testing

@testable import Builder

@Suite struct HostTrustTests {
    private func host(
        _ environment: [String: String] = [:], files: [String: String] = [:], names: [String: [String]] = [:]
    ) -> HostTrust.Host {
        HostTrust.Host(
            environment: environment, isFile: { files[$0] != nil }, names: { names[$0] ?? [] }, text: { files[$0] })
    }

    private let bundle = "/etc/ssl/certs/ca-certificates.crt"

    @Test("a plain host hands nothing on") func plain() {
        #expect(HostTrust.decide(host(files: [bundle: "x"])) == .nothing)
    }

    @Test("an extra authority hands the bundle on, under every tool's variable") func extraAuthority() {
        let decision = HostTrust.decide(
            host(files: [bundle: "x"], names: ["/usr/local/share/ca-certificates": ["corp.crt"]]))
        #expect(decision.bundle == bundle)
        for name in ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            #expect(decision.environment[name] == HostTrust.bundlePath)
        }
    }

    @Test("a bundle that the host names wins, if it is there") func namedBundle() {
        let named = host(["SSL_CERT_FILE": "/corp.pem"], files: ["/corp.pem": "x", bundle: "y"])
        #expect(HostTrust.decide(named).bundle == "/corp.pem")
        #expect(HostTrust.decide(host(["SSL_CERT_FILE": "/gone.pem"], files: [bundle: "y"])).bundle == nil)
    }

    @Test("proxies are handed on in both spellings") func proxies() {
        let environment = HostTrust.decide(host(["https_proxy": "http://p", "NO_PROXY": "a,b", "HTTP_PROXY": ""]))
            .environment
        #expect(
            environment == [
                "https_proxy": "http://p", "HTTPS_PROXY": "http://p", "NO_PROXY": "a,b", "no_proxy": "a,b",
            ])
    }

    @Test("pip's index comes from the environment or the host's configuration") func packageIndex() {
        let text =
            "# c\n[install]\nindex-url = no\n[global]\nindex-url = https://i/simple\ntrusted-host: i\nfind-links = /x\n"
        let decision = HostTrust.decide(host(files: ["/etc/pip.conf": text]))
        #expect(decision.environment == ["PIP_INDEX_URL": "https://i/simple", "PIP_TRUSTED_HOST": "i"])
        let overridden = HostTrust.decide(host(["PIP_INDEX_URL": "https://e"], files: ["/etc/pip.conf": text]))
        #expect(overridden.environment["PIP_INDEX_URL"] == "https://e")
    }
}
