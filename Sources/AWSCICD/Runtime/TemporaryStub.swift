extension Runtime {
    public enum Stop { case interrupt, kill }
    public nonisolated func interrupt(_ stop: Stop) {}
}
