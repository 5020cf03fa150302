import ArgumentParser

/// The verbs that speak the Kubernetes API.
enum ClusterVerbs {
    static let all: [any ParsableCommand.Type] = [
        ApplyCommand.self, GetCommand.self, DeleteCommand.self, DescribeCommand.self, ScaleCommand.self,
        ExposeCommand.self, RolloutCommand.self, WaitCommand.self, KubeconfigCommand.self, APIResourcesCommand.self,
    ]
}
