Loop 18 {
    Send "18"
}
