// Package access says who may do what over the API: scopes, API keys, meeting tokens and how often each may ask. It has no goroutines; what it exports is safe for
// concurrent use unless it says otherwise.
package access
