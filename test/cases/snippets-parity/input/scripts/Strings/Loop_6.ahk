Loop 6 {
    Send "6"
}
