Loop 10 {
    Send "10"
}
