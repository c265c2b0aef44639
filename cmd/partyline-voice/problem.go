package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// problem is an error in the form that clients of this API know.
type problem struct {
	status int

	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

// invalid is a fault of the request.
func invalid(param, code, format string, args ...any) *problem {
	p := &problem{status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...), Type: "invalid_request_error", Code: code}
	if param != "" {
		p.Param = &param
	}
	return p
}

// busy is ours; the request may be repeated.
func busy(status int, code, message string) *problem {
	return &problem{status: status, Message: message, Type: "server_error", Code: code}
}

func (p *problem) with(status int) *problem {
	p.status = status
	return p
}

func (p *problem) write(w http.ResponseWriter) {
	if p.Type == "server_error" {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, p.status, map[string]*problem{"error": p})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}
