module claude-max-api-proxy

go 1.26
