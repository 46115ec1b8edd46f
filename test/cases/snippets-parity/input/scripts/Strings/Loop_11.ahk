Loop 11 {
    Send "11"
}
