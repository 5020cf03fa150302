import ArgumentParser
import Platform

/// The root of the command line.
struct SkiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skiff",
        abstract: "A container platform for one machine: build, run, apply, expose.",
        discussion: """
            Skiff builds images from Dockerfiles, keeps them in a local registry, runs
            them as containers, schedules them as Kubernetes workloads and gives their
            Services addresses, all in one process that starts on demand.

            First steps:
              skiff build -t app .                    build an image
              skiff run -p 8000:8000 app              run it, with a port on this machine
              skiff apply -f deployment.yaml          run it as a Kubernetes workload
              skiff expose deployment/app --port 80   give it an address

            The docker and kubectl you have work too; 'skiff status' shows where.
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(name: "Build and images", subcommands: BuildVerbs.all + ImageVerbs.all),
            CommandGroup(name: "Containers", subcommands: ContainerVerbs.all),
            CommandGroup(name: "Kubernetes", subcommands: ClusterVerbs.all),
            CommandGroup(name: "Platform", subcommands: PlatformVerbs.all),
        ]
    )
}
