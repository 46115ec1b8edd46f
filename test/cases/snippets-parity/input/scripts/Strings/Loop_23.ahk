Loop 23 {
    Send "23"
}
