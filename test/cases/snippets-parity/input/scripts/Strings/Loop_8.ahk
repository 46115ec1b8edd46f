Loop 8 {
    Send "8"
}
