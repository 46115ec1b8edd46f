Loop 1 {
    Send "1"
}
