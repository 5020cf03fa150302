import ArgumentParser
import Clients

/// `skiff api-resources`: which kinds of objects the cluster has.
struct APIResourcesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-resources", abstract: "List the kinds of objects the cluster has.")

    @OptionGroup var options: ClusterOptions

    func run() throws {
        let resources = try options.client().resources().sorted { ($0.group, $0.plural) < ($1.group, $1.plural) }
        var rows = [["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]]
        for resource in resources {
            rows.append([
                resource.plural, resource.shortNames.joined(separator: ","), resource.apiVersion,
                "\(resource.isNamespaced)", resource.kind,
            ])
        }
        TextTable.lines(rows).forEach { print($0) }
    }
}
