Loop 20 {
    Send "20"
}
