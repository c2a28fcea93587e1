package schema

import (
	"bytes"

	"claude-max-api-proxy/proxy/wire"
)

// object writes a JSON object whose members keep their order: it is the order in which a
// model writes.
type object struct{ out bytes.Buffer }

func (o *object) add(name string, value []byte) {
	if o.empty() {
		o.out.WriteByte('{')
	} else {
		o.out.WriteByte(',')
	}
	o.out.Write(wire.Marshal(name))
	o.out.WriteByte(':')
	o.out.Write(value)
}

func (o *object) empty() bool { return o.out.Len() == 0 }

func (o *object) bytes() []byte {
	if o.empty() {
		return []byte("{}")
	}
	return append(bytes.Clone(o.out.Bytes()), '}')
}
