Loop 28 {
    Send "28"
}
