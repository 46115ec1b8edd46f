Loop 0 {
    Send "0"
}
