/// The tree of an expression.
indirect enum JMESPathNode: Sendable {
    enum Comparison: Sendable { case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual }

    case current
    case field(String)
    case index(Int)
    case literal(AWSValue)
    /// The second is applied to what the first gives: "a.b", "a | b", "a[0]".
    case chain(JMESPathNode, JMESPathNode)
    case slice(start: Int?, stop: Int?, step: Int?)
    /// The second is applied to each element of the list that the first gives; nulls are dropped.
    case projection(JMESPathNode, JMESPathNode)
    /// The same for the values of an object.
    case valueProjection(JMESPathNode, JMESPathNode)
    case filter(JMESPathNode, JMESPathNode, condition: JMESPathNode)
    case flatten(JMESPathNode)
    case comparison(Comparison, JMESPathNode, JMESPathNode)
    case or(JMESPathNode, JMESPathNode)
    case and(JMESPathNode, JMESPathNode)
    case not(JMESPathNode)
    case list([JMESPathNode])
    case object([(key: String, value: JMESPathNode)])
    case call(JMESPathFunction, [JMESPathArgument])
}

enum JMESPathArgument: Sendable {
    case value(JMESPathNode)
    /// `&expression`, which the function applies itself.
    case expression(JMESPathNode)
}
