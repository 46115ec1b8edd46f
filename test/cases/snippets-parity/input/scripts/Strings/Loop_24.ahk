Loop 24 {
    Send "24"
}
