package config

// CDR are call detail records: a line of JSON for each call that has ended.
type CDR struct {
	File    string `yaml:"file"`    // that lines are put at the end of; empty: none are written
	Numbers string `yaml:"numbers"` // masked, full
}

func (c CDR) validate() error {
	if c.Numbers != "masked" && c.Numbers != "full" {
		return invalid("cdr.numbers", "%q is not one of masked, full", c.Numbers)
	}
	return nil
}
