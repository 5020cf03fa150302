extension ClusterLocation {
    /// The Kubernetes API's socket; only root may open it, and is superuser there.
    public var kubernetesSocket: String { "\(self.runDirectory)/kubernetes.sock" }
    /// The kubeconfig of the cluster's superuser.
    public var kubeconfig: String { "\(self.stateDirectory)/kubeconfig" }
}
