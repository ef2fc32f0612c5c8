// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Octet strings, each with a number, that can be found by what they are prefixes of.
///
/// A tree in two flat arrays: nodes, and a hash table that leads from a node and an octet to the child that begins with
/// it. A node stands for up to eight octets. Nothing recurses, whatever peers subscribe to; a match takes one table
/// look-up for each node passed. A node takes 24 octets of memory, and the way to it 11 to 21; a topic of random octets
/// has a node for eight of them. Nodes that nobody needs are used again.
struct PrefixTree: Sendable {
    /// The value of strings that are not there.
    static let absent = Int32.min
    /// The node of the empty string.
    static let root = 0

    private struct Node: Sendable {
        /// The octets that lead here from the parent, the first one lowest; zero beyond `length`.
        var label: UInt64 = 0
        /// Of a free node: the next free one.
        var parent: UInt32 = 0
        var value = PrefixTree.absent
        var children: UInt16 = 0
        var length: UInt8 = 0
    }

    /// A way from a node to a child.
    ///
    /// Says by itself, almost always, whether it is the one that is meant, and which octet of the topic comes next: then
    /// the processor goes on to the next one while the node, elsewhere in memory, is still on its way (benchmark row
    /// 1,000,000 topics).
    private struct Edge: Sendable {
        private static let lengths: UInt32 = 15

        /// 0 where there is none.
        var node: UInt32 = 0
        /// Most likely another one for another parent or octet; the lowest bits are the length of the child's label,
        /// which changes only while the edge is out of the table (`split`).
        private var tag: UInt32 = 0

        init() {}

        init(to node: UInt32, tag: UInt32, length: UInt8) {
            self.node = node
            self.tag = tag & ~Self.lengths | UInt32(length)
        }

        var length: Int { Int(self.tag & Self.lengths) }

        @inline(__always)
        func has(_ tag: UInt32) -> Bool { (self.tag ^ tag) & ~Self.lengths == 0 }
    }

    private static let labelCapacity = 8

    /// The first one is the root, the empty string.
    private var nodes = [Node()]
    /// The first free node; 0 is none.
    private var free: UInt32 = 0
    /// To all nodes but the root, by parent and first octet.
    private var edges: [Edge] = []
    private var edgeCount = 0
    private var shift: UInt64 = 64
    /// Odd, and not known to peers, who could choose topics that collide otherwise.
    private let multiplier: UInt64

    init(seed: UInt64) {
        self.multiplier = (seed &* 0x9E37_79B9_7F4A_7C15) ^ 0xD6E8_FEB8_6659_FD93 | 1
    }

    /// How many places for nodes there are, used or free.
    var capacity: Int { self.nodes.count }

    subscript(node: Int) -> Int32 {
        get { self.nodes[node].value }
        set { self.nodes[node].value = newValue }
    }

    // MARK: Finding

    /// The node of a string; nil if there is none.
    func find(_ octets: UnsafeRawBufferPointer) -> Int? {
        var node = 0
        var offset = 0
        while offset < octets.count {
            guard let child = unsafe self.child(of: node, along: octets, &offset) else { return nil }
            node = child
        }
        return node
    }

    /// Calls the closure with the value of every string that the octets begin with.
    @inline(__always)
    func forEachPrefix(of octets: UnsafeRawBufferPointer, _ body: (Int32) -> Void) {
        if self.nodes[0].value != Self.absent { body(self.nodes[0].value) }
        guard self.edgeCount > 0 else { return }
        var node = 0
        var offset = 0
        while offset < octets.count, let child = unsafe self.child(of: node, along: octets, &offset) {
            node = child
            let value = self.nodes[node].value
            if value != Self.absent { body(value) }
        }
    }

    /// The child whose whole label comes next in the octets.
    private func child(of node: Int, along octets: UnsafeRawBufferPointer, _ offset: inout Int) -> Int? {
        guard let edge = unsafe self.edge(from: node, by: octets[offset]) else { return nil }
        guard octets.count - offset >= edge.length else { return nil }
        let word = unsafe Self.word(octets, at: offset, length: edge.length)
        guard word == self.nodes[Int(edge.node)].label else { return nil }
        offset += edge.length
        return Int(edge.node)
    }

    /// The octets of a node's string.
    func octets(of node: Int) -> [UInt8] {
        var reversed: [UInt8] = []
        var node = node
        while node != 0 {
            for index in (0..<Int(self.nodes[node].length)).reversed() {
                reversed.append(UInt8(truncatingIfNeeded: self.nodes[node].label >> UInt64(8 * index)))
            }
            node = Int(self.nodes[node].parent)
        }
        return reversed.reversed()
    }

    // MARK: Changing

    /// The node of a string, which is made if there is none.
    mutating func insert(_ octets: UnsafeRawBufferPointer) -> Int {
        var node = 0
        var offset = 0
        while offset < octets.count {
            let length = min(Self.labelCapacity, octets.count - offset)
            let word = unsafe Self.word(octets, at: offset, length: length)
            guard let edge = unsafe self.edge(from: node, by: octets[offset]) else {
                node = self.makeNode(parent: node, label: word, length: length)
                offset += length
                continue
            }
            let child = Int(edge.node)
            let equal = (word ^ self.nodes[child].label).trailingZeroBitCount / 8
            let common = min(equal, min(length, Int(self.nodes[child].length)))
            node = common < Int(self.nodes[child].length) ? self.split(child, at: common) : child
            offset += common
        }
        return node
    }

    /// Takes the string of a node out, and the nodes that only it needed.
    mutating func remove(_ node: Int) {
        self.nodes[node].value = Self.absent
        var node = node
        while node != 0, self.nodes[node].value == Self.absent, self.nodes[node].children == 0 {
            let parent = Int(self.nodes[node].parent)
            self.removeEdge(to: node)
            self.nodes[node] = Node(parent: self.free)
            self.free = UInt32(node)
            self.nodes[parent].children -= 1
            node = parent
        }
        // An empty tree gives its memory back.
        if self.edgeCount == 0 {
            self.nodes.removeSubrange(1...)
            self.free = 0
            self.edges = []
        }
    }

    private mutating func makeNode(parent: Int, label: UInt64, length: Int) -> Int {
        let node = Node(label: label, parent: UInt32(parent), length: UInt8(length))
        self.nodes[parent].children += 1
        let index: Int
        if self.free != 0 {
            index = Int(self.free)
            self.free = self.nodes[index].parent
            self.nodes[index] = node
        } else {
            index = self.nodes.count
            self.nodes.append(node)
        }
        self.addEdge(to: index)
        return index
    }

    /// Puts a node between a child and its parent, for the first octets of the child's label.
    private mutating func split(_ child: Int, at length: Int) -> Int {
        let parent = Int(self.nodes[child].parent)
        self.removeEdge(to: child)
        self.nodes[parent].children -= 1
        let label = self.nodes[child].label
        let middle = self.makeNode(parent: parent, label: label & Self.mask(length), length: length)
        self.nodes[child].label = label >> UInt64(8 * length)
        self.nodes[child].length -= UInt8(length)
        self.nodes[child].parent = UInt32(middle)
        self.nodes[middle].children = 1
        self.addEdge(to: child)
        return middle
    }

    // MARK: Edges

    /// Where an edge is to be, if the place is free, and its tag.
    @inline(__always)
    private func home(_ parent: UInt32, _ octet: UInt8) -> (place: Int, tag: UInt32) {
        let product = (UInt64(parent) << 8 | UInt64(octet)) &* self.multiplier
        return (Int(truncatingIfNeeded: product >> self.shift), UInt32(truncatingIfNeeded: product))
    }

    private func home(of node: UInt32) -> (place: Int, tag: UInt32) {
        let node = self.nodes[Int(node)]
        return self.home(node.parent, UInt8(truncatingIfNeeded: node.label))
    }

    @inline(__always)
    private func edge(from parent: Int, by octet: UInt8) -> Edge? {
        guard !self.edges.isEmpty else { return nil }
        var (place, tag) = self.home(UInt32(parent), octet)
        while true {
            let edge = self.edges[place]
            if edge.node == 0 { return nil }
            if edge.has(tag) {
                let node = self.nodes[Int(edge.node)]
                if node.parent == UInt32(parent), UInt8(truncatingIfNeeded: node.label) == octet { return edge }
            }
            place = (place + 1) & (self.edges.count - 1)
        }
    }

    private mutating func addEdge(to node: Int) {
        if (self.edgeCount + 1) * 4 > self.edges.count * 3 { self.growEdges() }
        self.placeEdge(UInt32(node))
        self.edgeCount += 1
    }

    private mutating func placeEdge(_ node: UInt32) {
        var (place, tag) = self.home(of: node)
        while self.edges[place].node != 0 { place = (place + 1) & (self.edges.count - 1) }
        self.edges[place] = Edge(to: node, tag: tag, length: self.nodes[Int(node)].length)
    }

    private mutating func growEdges() {
        let old = self.edges
        let capacity = max(8, old.count * 2)
        self.edges = [Edge](repeating: Edge(), count: capacity)
        self.shift = UInt64(64 - capacity.trailingZeroBitCount)
        for edge in old where edge.node != 0 { self.placeEdge(edge.node) }
    }

    /// Frees a place; those behind that were pushed on by it move up.
    private mutating func removeEdge(to node: Int) {
        let mask = self.edges.count - 1
        var gap = self.home(of: UInt32(node)).place
        while self.edges[gap].node != UInt32(node) { gap = (gap + 1) & mask }
        var place = gap
        while true {
            place = (place + 1) & mask
            let next = self.edges[place]
            if next.node == 0 { break }
            // It may move to the gap unless its home lies between the gap and where it is.
            let home = self.home(of: next.node).place
            if (place &- home) & mask >= (place &- gap) & mask {
                self.edges[gap] = next
                gap = place
            }
        }
        self.edges[gap] = Edge()
        self.edgeCount -= 1
    }

    // MARK: Labels

    private static func mask(_ length: Int) -> UInt64 {
        length >= Self.labelCapacity ? .max : (1 &<< UInt64(8 * length)) &- 1
    }

    /// Up to eight octets, the first one lowest.
    @inline(__always)
    private static func word(_ octets: UnsafeRawBufferPointer, at offset: Int, length: Int) -> UInt64 {
        if octets.count - offset >= Self.labelCapacity {
            let word = unsafe octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            return UInt64(littleEndian: word) & Self.mask(length)
        }
        var word: UInt64 = 0
        for index in 0..<length { word |= unsafe UInt64(octets[offset + index]) &<< UInt64(8 * index) }
        return word
    }
}
