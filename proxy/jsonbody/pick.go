package jsonbody

import "slices"

// Picked are some members of an object, looked up in one pass.
type Picked struct {
	of      Value
	members map[string]Value
}

// Pick looks up the members of these names; where one stands twice, the last one counts.
func (v Value) Pick(names ...string) Picked {
	p := Picked{of: v, members: map[string]Value{}}
	for name, member := range v.Members() {
		if slices.Contains(names, name) {
			p.members[name] = member
		}
	}
	return p
}

// Get gives one of the members that were picked. One that is absent has a path all the same.
func (p Picked) Get(name string) Value {
	if v, ok := p.members[name]; ok {
		return v
	}
	return p.of.At(name)
}
