extension String {
    /// Up to four texts one after the other, in one allocation: `+` and interpolation grow the text piece by piece, which is
    /// felt where it is done for each request.
    public init(joining first: String, _ second: String, _ third: String = "", _ fourth: String = "") {
        let count = first.utf8.count + second.utf8.count + third.utf8.count + fourth.utf8.count
        self.init(unsafeUninitializedCapacity: count) { buffer in
            var end = 0
            func append(_ text: String) {
                (_, end) = buffer[end...].initialize(from: text.utf8)
            }
            append(first)
            append(second)
            append(third)
            append(fourth)
            return end
        }
    }
}
