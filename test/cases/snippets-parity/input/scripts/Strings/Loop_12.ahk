Loop 12 {
    Send "12"
}
